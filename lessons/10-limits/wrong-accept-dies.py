"""Wrong: an error of `accept` ends the server.

Found by more-than-there-is-room-for.chat, where there are 64 descriptors: `ulimit -n 64`
"""
import answer


def accept(listener):
    while True:
        connection, _ = listener.accept()
        answer.threading.Thread(target=answer.run, args=[connection], daemon=True).start()


answer.accept = accept
if __name__ == "__main__":
    answer.main()
