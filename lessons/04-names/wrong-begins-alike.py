"""Wrong: takes names that begin alike for the same. Found by a-name-begins-like-another.chat"""
import answer


def come(name):
    with answer.lock:
        if any(other.startswith(name) or name.startswith(other) for other in answer.names):
            return None
        here = b"* here: " + b", ".join(answer.names)
        answer.names.append(name)
        return here


answer.come = come
if __name__ == "__main__":
    answer.main()
