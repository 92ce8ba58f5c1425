"""Wrong: lets `close` linger, which waits for what was sent and resets as before.

Found by the-refused-get-the-end.chat
"""
import struct

import answer


def finish(connection):
    linger = struct.pack("hh" if answer.sys.platform == "win32" else "ii", 1, answer.FAREWELL_SECONDS)
    connection.setsockopt(answer.socket.SOL_SOCKET, answer.socket.SO_LINGER, linger)


answer.finish = finish
if __name__ == "__main__":
    answer.main()
