"""Wrong: still sends back what people say after their name. Found by a-name-is-asked-for.chat"""
import answer


def serve(connection):
    answer.send(connection, b"Welcome! What is your name?")
    heard = answer.lines(connection)
    name = next(heard, b"")
    here = answer.come(name) if answer.legal_name(name) else None
    answer.send(connection, here or b"That is no name here.")
    if here:
        for line in heard:
            answer.send(connection, line)


answer.serve = serve
if __name__ == "__main__":
    answer.main()
