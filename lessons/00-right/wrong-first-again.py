"""Says the first line back, for ever: python3 wrong-first-again.py PORT"""
import socketserver
import sys


class Serve(socketserver.StreamRequestHandler):
    def handle(self):
        first = None
        for line in self.rfile:
            first = first or line
            self.wfile.write(first)


socketserver.ThreadingTCPServer.daemon_threads = True
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Serve).serve_forever()
