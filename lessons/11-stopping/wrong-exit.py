"""Wrong: ends without a word. Found by everybody-is-told.chat"""
import answer

answer.stop = lambda: None
if __name__ == "__main__":
    answer.main()
