"""Wrong: closes as soon as the last words are written. Found by the-refused-get-the-end.chat"""
import answer

answer.finish = lambda connection: None
if __name__ == "__main__":
    answer.main()
