"""Wrong: an error on the way ends the thread, and nobody has left. Found by a-reset-is-an-end.chat"""
import answer


def lines(connection, lines=answer.lines):
    try:
        yield from lines(connection)
    except OSError as error:
        answer.threading.current_thread().torn = error
        raise


def leave(name, leave=answer.leave):
    if not hasattr(answer.threading.current_thread(), "torn"):
        leave(name)


answer.lines, answer.leave = lines, leave
if __name__ == "__main__":
    answer.main()
