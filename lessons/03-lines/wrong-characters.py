"""Wrong: counts characters. Found by a-length-in-bytes.chat"""
import answer


def serve(connection):
    for line in answer.lines(connection):
        length = len(line.decode(errors="replace"))
        answer.send(connection, b"%d %s" % (length, line))


answer.serve = serve
if __name__ == "__main__":
    answer.main()
