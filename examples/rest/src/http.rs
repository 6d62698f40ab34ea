//! Requests to an API: each in bounded time, tried again when that may help, and in bounded memory.

use std::time::Duration;

use mcp_runtime::{Error, serde_json};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LINK, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Request, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::Fault;

/// How often a request is made in all. With its pauses it takes less than the 30 s that a call has.
const ATTEMPTS: u32 = 3;

/// The longest answer that is read, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// The header by which an API knows a request that it has seen before.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// An API, and how much patience there is with it.
pub(crate) struct Http {
    client: Client,
    base: Url,
    /// Before the second attempt; it doubles before each one after.
    pub first_pause: Duration,
    /// Who is told to wait longer than this gives up, and tells the model.
    pub longest_pause: Duration,
}

/// An answer, and where the rest of it is.
pub(crate) struct Answer<T> {
    pub value: T,
    pub next: Option<Url>,
}

impl Http {
    /// The API at an address, with a token.
    pub(crate) fn new(base: &str, token: &str) -> mcp_runtime::Result<Self> {
        Self::with_timeout(base, token, Duration::from_secs(5))
    }

    /// The same, with so much time for each attempt.
    pub(crate) fn with_timeout(base: &str, token: &str, timeout: Duration) -> mcp_runtime::Result<Self> {
        let base: Url = base.parse().map_err(|error| Error::other(format!("`TRACKER_URL`: {error}")))?;
        let bearer = HeaderValue::try_from(format!("Bearer {token}"));
        let mut bearer = bearer.map_err(|_| Error::other("`TRACKER_TOKEN` has characters that no header can hold"))?;
        // It is not shown where a request is printed.
        bearer.set_sensitive(true);
        let headers = [(AUTHORIZATION, bearer), (ACCEPT, HeaderValue::from_static("application/json"))];
        let client = Client::builder()
            .default_headers(HeaderMap::from_iter(headers))
            .timeout(timeout)
            // An API that has moved is for the user to look at, before anybody gets the token.
            .redirect(Policy::none())
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::other)?;
        let (first_pause, longest_pause) = (Duration::from_millis(250), Duration::from_secs(5));
        Ok(Self { client, base, first_pause, longest_pause })
    }

    /// The address of something: `["issues", "7"]`. A segment stays one, whatever it contains.
    pub(crate) fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Gets something.
    pub(crate) async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<Answer<T>, Fault> {
        self.send(Request::new(Method::GET, url)).await
    }

    /// Puts something in its place.
    pub(crate) async fn put<T: DeserializeOwned>(&self, url: Url, body: &impl Serialize) -> Result<T, Fault> {
        Ok(self.send(self.client.put(url).json(body).build()?).await?.value)
    }

    /// Makes something, once, however often it is tried: all attempts have the same key.
    pub(crate) async fn post<T: DeserializeOwned>(&self, url: Url, body: &impl Serialize) -> Result<T, Fault> {
        let key = format!("{:032x}", fastrand::u128(..));
        Ok(self.send(self.client.post(url).header(IDEMPOTENCY_KEY, key).json(body).build()?).await?.value)
    }

    /// Sends a request that may be sent twice, and tries again while that may help.
    async fn send<T: DeserializeOwned>(&self, request: Request) -> Result<Answer<T>, Fault> {
        let mut attempt = 1;
        loop {
            let again = request.try_clone().ok_or_else(|| Fault::Broken("a body that cannot be sent twice".into()))?;
            match self.attempt(again).await {
                Err(fault) if fault.passes() && attempt < ATTEMPTS => match self.pause(attempt, &fault) {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(fault),
                },
                done => return done,
            }
            attempt = attempt.saturating_add(1);
        }
    }

    /// How long to wait after this attempt; `None` if it would be too long.
    fn pause(&self, attempt: u32, fault: &Fault) -> Option<Duration> {
        match fault {
            Fault::Busy(Some(told)) => (*told <= self.longest_pause).then_some(*told),
            _ => {
                let pause = self.first_pause.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
                // Not all clients come back at the same moment.
                Some(pause.min(self.longest_pause).mul_f64(0.5 + fastrand::f64() / 2.0))
            }
        }
    }

    async fn attempt<T: DeserializeOwned>(&self, request: Request) -> Result<Answer<T>, Fault> {
        let mut response = self.client.execute(request).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len().saturating_add(chunk.len()) > LONGEST {
                return Err(Fault::Broken(format!("it is longer than {LONGEST} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        let headers = response.headers();
        judge(response.status(), headers, &body)?;
        let next =
            headers.get(LINK).and_then(|link| next(link.to_str().ok()?)).and_then(|url| self.base.join(url).ok());
        let value = serde_json::from_slice(&body).map_err(|error| Fault::Broken(error.to_string()))?;
        // The token goes nowhere else.
        Ok(Answer { value, next: next.filter(|url| url.origin() == self.base.origin()) })
    }
}

/// What a status means for whoever asked.
fn judge(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<(), Fault> {
    match status.as_u16() {
        200..300 => Ok(()),
        401 | 403 => Err(Fault::Denied),
        404 | 410 => Err(Fault::Missing),
        408 | 429 | 500.. => Err(Fault::Busy(retry_after(headers))),
        400..500 => Err(Fault::Invalid(message(status, body))),
        _ => Err(Fault::Broken(format!("it has the status {status}"))),
    }
}

/// How long the API wants to be left alone, where it says so in seconds. A date would need a clock that agrees with its.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

/// What the API says, or else the name of the status.
fn message(status: StatusCode, body: &[u8]) -> String {
    const LONGEST: usize = 500;
    let body: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let message = body.as_ref().and_then(|body| body.get("message")?.as_str());
    message.map_or_else(|| status.to_string(), |message| message.chars().take(LONGEST).collect())
}

/// The address of the next page in a `Link` header (RFC 8288).
fn next(link: &str) -> Option<&str> {
    link.split('<').skip(1).find_map(|link| {
        let (url, parameters) = link.split_once('>')?;
        let mut parameters = parameters.split([';', ',']).map(str::trim);
        parameters.any(|parameter| matches!(parameter, "rel=\"next\"" | "rel=next")).then_some(url)
    })
}
