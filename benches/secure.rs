//! What encryption costs: handshakes a second, and sealing and opening in bytes a second.

use std::hint::black_box;
use std::sync::Arc;

use chalktalk::secure::handshake::Halves;
use chalktalk::secure::{ClientHandshake, Identity, Keys, PrivateKey, Secret, ServerHandshake};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// Keys for a bench need not be random: the time taken does not depend on them.
fn identity() -> Arc<Identity> {
    Arc::new(Identity::new(Keys::from_random(&[7; 37])))
}

fn key(byte: u8) -> PrivateKey {
    PrivateKey::from_bytes([byte; 32])
}

fn client(identity: &Identity, secret: &Secret) -> ClientHandshake {
    ClientHandshake::new(*identity.public(), secret.clone(), key(1))
}

/// What a client sends first: its line and message 1.
fn opening(identity: &Identity, secret: &Secret) -> (ClientHandshake, Vec<u8>) {
    let mut out = Vec::new();
    let mut client = client(identity, secret);
    let joined = client.read(&mut identity.line(), &mut out);
    assert!(matches!(joined, Ok(None)));
    (client, out)
}

/// The client's sealer and the server's opener.
fn connection(identity: &Arc<Identity>) -> (Halves, Halves) {
    let (mut client, first) = opening(identity, &identity.code().secret);
    let mut server = ServerHandshake::new(Arc::clone(identity), key(2));
    let (mut second, mut third) = (Vec::new(), Vec::new());
    assert!(matches!(
        server.read(&mut &first[..], &mut second),
        Ok(None)
    ));
    let joined = client
        .read(&mut &second[..], &mut third)
        .ok()
        .flatten()
        .unwrap();
    let halves = server
        .read(&mut &third[..], &mut second)
        .ok()
        .flatten()
        .unwrap();
    (joined, halves)
}

fn handshakes(criterion: &mut Criterion) {
    let identity = identity();
    let right = opening(&identity, &identity.code().secret).1;
    let wrong = opening(&identity, &Secret::from_bytes([0; 5])).1;
    let mut group = criterion.benchmark_group("handshake");
    group.throughput(Throughput::Elements(1));
    group.bench_function("the server's part", |bencher| {
        let start = || {
            (
                ServerHandshake::new(Arc::clone(&identity), key(2)),
                Vec::new(),
            )
        };
        let run = |(mut server, mut out): (ServerHandshake, Vec<u8>)| {
            server.read(&mut &right[..], &mut out).is_ok()
        };
        assert!(run(start()));
        bencher.iter_batched(start, run, BatchSize::SmallInput);
    });
    group.bench_function("a wrong secret refused", |bencher| {
        let start = || {
            (
                ServerHandshake::new(Arc::clone(&identity), key(2)),
                Vec::new(),
            )
        };
        let run = |(mut server, mut out): (ServerHandshake, Vec<u8>)| {
            server.read(&mut &wrong[..], &mut out).is_err()
        };
        assert!(run(start()));
        bencher.iter_batched(start, run, BatchSize::SmallInput);
    });
    group.bench_function("both parts", |bencher| {
        bencher.iter(|| connection(&identity));
    });
    group.bench_function("a fingerprint", |bencher| {
        bencher.iter(|| Identity::new(Keys::from_random(black_box(&[7; 37]))));
    });
    group.finish();
}

fn frames(criterion: &mut Criterion) {
    let identity = identity();
    for bytes in [100, 1024, 16 * 1024] {
        let plain = vec![b'x'; bytes];
        let mut group = criterion.benchmark_group(format!("frames of {bytes} bytes"));
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function("seal", |bencher| {
            let (mut client, _) = connection(&identity);
            let mut out = Vec::new();
            bencher.iter(|| {
                out.clear();
                client.sealer.seal(black_box(&plain), &mut out);
            });
        });
        group.bench_function("open", |bencher| {
            bencher.iter_custom(|times| open(&identity, &plain, times));
        });
        group.finish();
    }
}

/// Opening needs each frame's own number, so the frames are sealed beforehand, some at a time,
/// and only the opening is timed.
fn open(identity: &Arc<Identity>, plain: &[u8], times: u64) -> std::time::Duration {
    let (mut client, mut server) = connection(identity);
    let mut sealed = Vec::new();
    let mut out = Vec::new();
    let mut spent = std::time::Duration::ZERO;
    for _ in 0..times {
        sealed.clear();
        client.sealer.seal(plain, &mut sealed);
        out.clear();
        let start = std::time::Instant::now();
        let opened = server.opener.open(black_box(&sealed), &mut out);
        spent += start.elapsed();
        assert_eq!((opened, out.len()), (Ok(()), plain.len()));
    }
    spent
}

criterion_group!(secure, handshakes, frames);
criterion_main!(secure);
