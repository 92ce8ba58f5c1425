"""Wrong: takes blanks at the ends of a line for a mistake of whoever typed them.

Found by a-thousand-characters.chat
"""
import answer


def lines(connection, lines=answer.lines):
    for line in lines(connection):
        yield line.strip()


answer.lines = lines
if __name__ == "__main__":
    answer.main()
