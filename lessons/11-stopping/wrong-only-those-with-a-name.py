"""Wrong: tells those who have a name, and the others are cut off. Found by everybody-is-told.chat"""
import answer


def stop(stop=answer.stop):
    answer.connected = answer.people
    stop()


answer.stop = stop
if __name__ == "__main__":
    answer.main()
