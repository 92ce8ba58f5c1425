"""Wrong: waits until everybody has taken it, and one of them is frozen. Found by everybody-is-told.chat"""
import answer


def stop():
    with answer.lock:
        told = list(answer.connected)
        for person in told:
            person.send(b"* The server stops.")
            person.send(None)
    for person in told:
        person.writer.join()


answer.stop = stop
if __name__ == "__main__":
    answer.main()
