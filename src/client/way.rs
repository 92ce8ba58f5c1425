//! What lies between the client and a server's lines: a connection that is sealed or not.
//!
//! It is settled before anything is sent and never negotiated. Given a code, there is no way back to plain lines:
//! whoever can alter the connection could otherwise ask for them.

use super::address::Address;
use crate::secure::{Entropy, JoinCode, PublicKey, Trust};
use crate::transport::Taps;
use std::fmt;
use std::sync::Arc;

/// How to reach the lines; by default a TCP connection that carries them as they are.
#[derive(Clone, Debug, Default)]
pub struct Way {
    /// With whom the lines are sealed; plain where there is none.
    pub seal: Option<Seal>,
    /// Who is shown each read and each write; connections are counted from 1.
    pub taps: Taps,
}

/// Finds the way to an address, with this code or without one; or says why not.
type Finding = dyn Fn(&Address, Option<JoinCode>) -> Result<Way, String> + Send + Sync;

/// Knows the way to servers that are named later; by default all of them are open.
#[derive(Clone, Default)]
pub struct Guide(Option<Arc<Finding>>);

impl Guide {
    /// One that asks this function.
    pub fn new(
        find: impl Fn(&Address, Option<JoinCode>) -> Result<Way, String> + Send + Sync + 'static,
    ) -> Guide {
        Guide(Some(Arc::new(find)))
    }

    /// The way to this address, with this code or without one.
    ///
    /// # Errors
    /// Why there is none, in a sentence for people. With a code there is never an open one.
    pub fn way(&self, address: &Address, code: Option<JoinCode>) -> Result<Way, String> {
        match (&self.0, code) {
            (Some(find), code) => find(address, code),
            (None, None) => Ok(Way::default()),
            (None, Some(_)) => Err("codes are of no use here".into()),
        }
    }
}

impl fmt::Debug for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guide(..)")
    }
}

/// Called with the key of a server that proved to be the right one.
type Joined = Arc<dyn Fn(&PublicKey) + Send + Sync>;

/// Whom to trust, and what it takes to find out.
#[derive(Clone)]
pub struct Seal {
    pub(super) trust: Trust,
    pub(super) entropy: Arc<Entropy>,
    pub(super) joined: Option<Joined>,
}

impl Seal {
    /// Sealed for this server alone.
    pub fn new(trust: Trust, entropy: Arc<Entropy>) -> Seal {
        Seal {
            trust,
            entropy,
            joined: None,
        }
    }

    /// The same; `joined` is called on the client's thread each time the server has proved that it is the one.
    #[must_use]
    pub fn telling(mut self, joined: impl Fn(&PublicKey) + Send + Sync + 'static) -> Seal {
        self.joined = Some(Arc::new(joined));
        self
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(..)")
    }
}

/// In a word, as a title line has room for: `open` or `noise`.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.seal {
            None => "open",
            Some(_) => "noise",
        })
    }
}
