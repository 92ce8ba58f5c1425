"""Wrong: sends the end, and closes with theirs unread. Found by the-refused-get-the-end.chat"""
import answer


def finish(connection):
    connection.shutdown(answer.socket.SHUT_WR)


answer.finish = finish
if __name__ == "__main__":
    answer.main()
