//! Noise_NKpsk0_25519_ChaChaPoly_BLAKE2s, both sides (the Noise Protocol Framework, revision 34).
//!
//! ```text
//! <- s                 the server's public key is known beforehand
//! ...
//! -> psk, e, es        message 1: whoever made it knows the code
//! <- e, ee             message 2: whoever made it has the server's private key
//! ```
//!
//! Each stage is a type that the next one consumes, so no message can be made or read twice, or
//! in the wrong order. One pattern is written out instead of the framework's interpreter of
//! patterns: nothing is negotiated here, so nothing can be negotiated down.
//!
//! Why this pattern: with NN and a code as the pre-shared key, whoever has the code can play
//! server; NK alone would make a public key the secret; psk2 gives a stranger an answer to try
//! guesses against. Here a guess needs the server itself, its private key, or the client's
//! ephemeral one.

use super::aead::{self, BadTag, NONCE_BYTES, TAG_BYTES};
use super::blake2s::{HASH_BYTES, hash, hkdf};
use super::x25519::{self, PrivateKey, PublicKey};

const NAME: &[u8] = b"Noise_NKpsk0_25519_ChaChaPoly_BLAKE2s";

/// What a handshake message adds to its payload: an ephemeral public key and a tag.
pub const MESSAGE_BYTES: usize = x25519::KEY_BYTES + TAG_BYTES;

/// Bytes of a pre-shared key.
pub const PSK_BYTES: usize = 32;

/// A handshake or frame that is not what the other side of this connection would have made.
/// There is one kind, for which there is one answer: none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

impl From<BadTag> for Refused {
    fn from(_: BadTag) -> Self {
        Self
    }
}

/// A key of one direction and how often it was used (the specification's `CipherState`).
pub struct Cipher {
    key: [u8; aead::KEY_BYTES],
    uses: u64,
}

impl Cipher {
    /// Seals everything in `text` from `from` on, in place, and appends the tag.
    ///
    /// # Panics
    /// After 2^64 - 1 uses, for which a direction would have to be busy for centuries.
    pub fn seal(&mut self, additional: &[u8], text: &mut Vec<u8>, from: usize) {
        let nonce = self.nonce().expect("no connection lives for 2^64 frames");
        let tag = aead::seal(&self.key, &nonce, additional, &mut text[from..]);
        self.uses += 1;
        text.extend_from_slice(&tag);
    }

    /// Opens what follows `from` in place, and takes the tag off its end.
    ///
    /// # Errors
    /// [`Refused`] if it is not the next thing sealed in this direction; it is then removed,
    /// and the count stands where it stood.
    pub fn open(
        &mut self,
        additional: &[u8],
        text: &mut Vec<u8>,
        from: usize,
    ) -> Result<(), Refused> {
        let opened = self.open_in_place(additional, &mut text[from..]);
        text.truncate(opened.map_or(from, |bytes| from + bytes));
        opened.map(|_| ())
    }

    fn open_in_place(&mut self, additional: &[u8], sealed: &mut [u8]) -> Result<usize, Refused> {
        let (text, tag) = sealed.split_last_chunk_mut::<TAG_BYTES>().ok_or(Refused)?;
        let nonce = self.nonce().ok_or(Refused)?;
        aead::open(&self.key, &nonce, additional, text, tag)?;
        self.uses += 1;
        Ok(text.len())
    }

    /// 32 bits of zeros and the count; the greatest count is kept for rekeying by the
    /// specification, and so never used.
    fn nonce(&self) -> Option<[u8; NONCE_BYTES]> {
        let uses = (self.uses < u64::MAX).then_some(self.uses)?;
        let mut nonce = [0; NONCE_BYTES];
        nonce[4..].copy_from_slice(&uses.to_le_bytes());
        Some(nonce)
    }
}

/// The outcome: one cipher for each direction, and a hash of all that was said to get there.
pub struct Ciphers {
    /// For what this side sends.
    pub sending: Cipher,
    /// For what the other side sends.
    pub receiving: Cipher,
    /// The same on both sides, and different for every connection.
    pub handshake_hash: [u8; HASH_BYTES],
}

/// The specification's `SymmetricState`, once the first key is in it. Before, only hashes are
/// mixed, which is [`Symmetric::start`]'s business.
struct Symmetric {
    chaining_key: [u8; HASH_BYTES],
    hash: [u8; HASH_BYTES],
    cipher: Cipher,
}

impl Symmetric {
    /// All that comes before the ephemeral key of message 1: name, prologue, `s`, `psk`.
    fn start(prologue: &[u8], server: &PublicKey, psk: &[u8; PSK_BYTES]) -> Self {
        let name = hash(&[NAME]);
        let started = hash(&[&name, prologue]);
        let named = hash(&[&started, server.as_bytes()]);
        let [chaining_key, mixed, key] = hkdf(&name, psk);
        Self {
            chaining_key,
            hash: hash(&[&named, &mixed]),
            cipher: Cipher { key, uses: 0 },
        }
    }

    fn mix_hash(&mut self, bytes: &[u8]) {
        self.hash = hash(&[&self.hash, bytes]);
    }

    fn mix_key(&mut self, material: &[u8; 32]) {
        let [chaining_key, key] = hkdf(&self.chaining_key, material);
        self.chaining_key = chaining_key;
        self.cipher = Cipher { key, uses: 0 };
    }

    /// The token `e`: with a pre-shared key in the pattern the key goes into both.
    fn mix_ephemeral(&mut self, public: &PublicKey) {
        self.mix_hash(public.as_bytes());
        self.mix_key(public.as_bytes());
    }

    fn mix_shared(&mut self, own: &PrivateKey, others: &PublicKey) -> Result<(), Refused> {
        let shared = own.shared(others).ok_or(Refused)?;
        self.mix_key(&shared);
        Ok(())
    }

    fn seal(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        let from = out.len();
        out.extend_from_slice(payload);
        self.cipher.seal(&self.hash, out, from);
        self.mix_hash(&out[from..]);
    }

    fn open(&mut self, sealed: &[u8], payload: &mut Vec<u8>) -> Result<(), Refused> {
        let from = payload.len();
        payload.extend_from_slice(sealed);
        self.cipher.open(&self.hash, payload, from)?;
        self.mix_hash(sealed);
        Ok(())
    }

    /// The ciphers from client to server and from server to client.
    fn split(&self) -> [Cipher; 2] {
        hkdf(&self.chaining_key, &[]).map(|key| Cipher { key, uses: 0 })
    }
}

/// The client, between its message and the server's.
pub struct Initiator {
    symmetric: Symmetric,
    ephemeral: PrivateKey,
}

impl Initiator {
    /// Appends message 1 to `out`. The ephemeral key is random and used for nothing else.
    ///
    /// # Errors
    /// [`Refused`] if the server's public key is a point of low order.
    pub fn start(
        prologue: &[u8],
        server: &PublicKey,
        psk: &[u8; PSK_BYTES],
        ephemeral: PrivateKey,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Self, Refused> {
        let mut symmetric = Symmetric::start(prologue, server, psk);
        let public = ephemeral.public();
        symmetric.mix_ephemeral(&public);
        symmetric.mix_shared(&ephemeral, server)?;
        out.extend_from_slice(public.as_bytes());
        symmetric.seal(payload, out);
        Ok(Self {
            symmetric,
            ephemeral,
        })
    }

    /// Reads message 2, whose payload is appended.
    ///
    /// # Errors
    /// [`Refused`] if it is not the answer of the server with that key to this client.
    pub fn finish(mut self, message: &[u8], payload: &mut Vec<u8>) -> Result<Ciphers, Refused> {
        let (public, sealed) = message.split_first_chunk().ok_or(Refused)?;
        let public = PublicKey::from_bytes(*public);
        self.symmetric.mix_ephemeral(&public);
        self.symmetric.mix_shared(&self.ephemeral, &public)?;
        self.symmetric.open(sealed, payload)?;
        let [sending, receiving] = self.symmetric.split();
        Ok(Ciphers {
            sending,
            receiving,
            handshake_hash: self.symmetric.hash,
        })
    }
}

/// The server, between the client's message and its own.
pub struct Responder {
    symmetric: Symmetric,
    client: PublicKey,
}

impl Responder {
    /// Reads message 1, whose payload is appended. Costs one multiplication on the curve,
    /// whether the message is right or wrong.
    ///
    /// # Errors
    /// [`Refused`] if whoever made it does not know the pre-shared key.
    pub fn start(
        prologue: &[u8],
        (private, public): (&PrivateKey, &PublicKey),
        psk: &[u8; PSK_BYTES],
        message: &[u8],
        payload: &mut Vec<u8>,
    ) -> Result<Self, Refused> {
        let (client, sealed) = message.split_first_chunk().ok_or(Refused)?;
        let client = PublicKey::from_bytes(*client);
        let mut symmetric = Symmetric::start(prologue, public, psk);
        symmetric.mix_ephemeral(&client);
        symmetric.mix_shared(private, &client)?;
        symmetric.open(sealed, payload)?;
        Ok(Self { symmetric, client })
    }

    /// Appends message 2 to `out`. Costs two multiplications.
    ///
    /// # Errors
    /// [`Refused`] if the client's ephemeral key is a point of low order.
    pub fn finish(
        mut self,
        ephemeral: &PrivateKey,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Ciphers, Refused> {
        let public = ephemeral.public();
        self.symmetric.mix_ephemeral(&public);
        self.symmetric.mix_shared(ephemeral, &self.client)?;
        out.extend_from_slice(public.as_bytes());
        self.symmetric.seal(payload, out);
        let [receiving, sending] = self.symmetric.split();
        Ok(Ciphers {
            sending,
            receiving,
            handshake_hash: self.symmetric.hash,
        })
    }
}
