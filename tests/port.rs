//! Alone in its program, for processes that other tests start meanwhile would have copies of sockets too.
#![forbid(unsafe_code)]

use chalktalk_tests::harness::port::{Port, apart_from_trying};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

#[test]
fn a_free_port_is_free_however_many_processes_are_started_meanwhile() {
    let done = AtomicBool::new(false);
    let start = || apart_from_trying(|| Command::new("true").spawn()).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    start().wait().unwrap();
                }
            });
        }
        let taken = (0..300).find_map(|_| {
            let port = Port::take().unwrap();
            TcpStream::connect(("127.0.0.1", port.number())).ok()
        });
        done.store(true, Ordering::Relaxed);
        assert!(taken.is_none(), "somebody listens at {taken:?}");
    });
}
