"""Wrong: closes the listener and waits for the thread in `accept`, which that does not wake.

Found by everybody-is-told.chat
"""
import answer


def main():
    listener = answer.socket.create_server(("127.0.0.1", int(answer.sys.argv[1])), backlog=128)
    acceptor = answer.threading.Thread(target=answer.accept, args=[listener], daemon=True)
    acceptor.start()
    for _ in answer.sys.stdin.buffer:
        pass
    listener.close()
    acceptor.join()
    answer.stop()


if __name__ == "__main__":
    main()
