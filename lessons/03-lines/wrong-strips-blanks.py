"""Wrong: takes blanks at the ends of a line for no part of it. Found by a-cr-before-the-lf.chat"""
import answer


def lines(connection, lines=answer.lines):
    for line in lines(connection):
        yield line.strip()


answer.lines = lines
if __name__ == "__main__":
    answer.main()
