"""Wrong: takes whatever is a letter anywhere for a letter. Found by illegal-names.chat"""
import answer


def legal_name(line):
    name = line.decode(errors="replace")
    return name.isalnum() and len(name) <= 16


answer.legal_name = legal_name
if __name__ == "__main__":
    answer.main()
