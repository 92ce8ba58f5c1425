"""Wrong: looks at how a name begins, for `match` asks for no more. Found by illegal-names.chat"""
import re

import answer


def legal_name(line):
    return re.match(b"[A-Za-z0-9]{1,16}", line) is not None


answer.legal_name = legal_name
if __name__ == "__main__":
    answer.main()
