"""Wrong: ends connections and never closes one. Found by three-hundred-come-and-go.chat"""
import answer

kept = []


def run(connection, run=answer.run):
    kept.append(connection.dup())
    run(connection)


answer.run = run
if __name__ == "__main__":
    answer.main()
