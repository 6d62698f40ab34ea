//! HTTP/2, spoken by hand.

use super::*;

/// HTTP/2 by hand.
impl Client {
    /// Starts the connection with the first stream.
    pub(super) async fn send_http2(&mut self, stream: u8, path: &str) {
        if stream == 1 {
            self.start_http2(&[]).await;
        }
        self.ask_http2(stream, path).await;
    }

    async fn start_http2(&mut self, settings: &[u8]) {
        let length = u8::try_from(settings.len()).unwrap();
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice();
        self.0.write_all(&[preface, &[0, 0, length, 4, 0, 0, 0, 0, 0], settings].concat()).await.unwrap();
    }

    /// Starts a connection whose client takes so many bytes of each stream.
    async fn start_narrow(&mut self, window: u8) {
        self.start_http2(&[0, 4, 0, 0, 0, window]).await;
    }

    async fn ask_http2(&mut self, stream: u8, path: &str) {
        let length = |text: &str| u8::try_from(text.len()).unwrap();
        // `:method GET`, `:scheme http`, `:path`, `:authority`.
        let mut headers = vec![0x82, 0x86, 0x44, length(path)];
        headers.extend(path.bytes());
        headers.extend([0x41, length("localhost")]);
        headers.extend("localhost".bytes());
        let mut frame = vec![0, 0, u8::try_from(headers.len()).unwrap(), 1, 0x5, 0, 0, 0, stream];
        frame.extend(headers);
        self.0.write_all(&frame).await.unwrap();
    }

    /// Lets the server send so many bytes more, on the first stream.
    async fn widen(&mut self, length: usize) {
        let length = u32::try_from(length).unwrap().to_be_bytes();
        for stream in [0, 1] {
            let frame = [b"\0\0\x04\x08\0\0\0\0".as_slice(), &[stream], &length].concat();
            // The server may be done, and gone.
            let _ = self.0.write_all(&frame).await;
        }
    }

    /// The next frame: its kind, flags, stream and content. Pings are answered.
    async fn frame(&mut self) -> std::io::Result<(u8, u8, u8, Vec<u8>)> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await?;
        let mut content = vec![0; usize::from(head[1]) * 256 + usize::from(head[2])];
        self.0.read_exact(&mut content).await?;
        if (head[3], head[4]) == (6, 0) {
            let pong = [b"\0\0\x08\x06\x01\0\0\0\0", content.as_slice()].concat();
            self.0.write_all(&pong).await?;
        }
        Ok((head[3], head[4], head[8], content))
    }

    /// The stream and the content of the next frame that is wanted, by its kind and content.
    async fn frame_of(&mut self, is_wanted: impl Fn(u8, &[u8]) -> bool) -> (u8, Vec<u8>) {
        let next = async {
            loop {
                let (kind, _, of, content) = self.frame().await.expect("it comes before the end");
                if is_wanted(kind, &content) {
                    return (of, content);
                }
            }
        };
        timeout(Duration::from_secs(5), next).await.expect("it comes in time")
    }

    /// The body of the stream.
    async fn answer_http2(&mut self, stream: u8) -> String {
        let mut body = Vec::new();
        loop {
            let (kind, flags, of, content) = self.frame().await.unwrap();
            match kind {
                0 if of == stream => body.extend(content),
                1 if of == stream => assert_eq!(content[0], 0x88, "`:status 200`"),
                _ => continue,
            }
            if flags & 1 == 1 {
                return String::from_utf8(body).unwrap();
            }
        }
    }

    /// The kinds of the frames of a stream until it is reset.
    async fn frames_until_reset(&mut self, stream: u8) -> Vec<u8> {
        const RESET: u8 = 3;
        let mut kinds = Vec::new();
        let all = async {
            while kinds.last() != Some(&RESET) {
                let (kind, _, of, _) = self.frame().await.unwrap();
                kinds.extend((of == stream).then_some(kind));
            }
        };
        timeout(Duration::from_secs(5), all).await.expect("it is reset in time");
        kinds.pop();
        kinds
    }

    /// The kinds of the frames that are left.
    pub(super) async fn frames_until_closed(&mut self) -> Vec<u8> {
        let mut kinds = Vec::new();
        let all = async {
            while let Ok((kind, ..)) = self.frame().await {
                kinds.push(kind);
            }
        };
        timeout(Duration::from_secs(5), all).await.expect("it is closed in time");
        kinds
    }
}

#[tokio::test]
async fn http_2_is_spoken_to_who_starts_with_it() {
    let server = Started::new(settings()).await;
    let mut client = server.connect().await;
    client.send_http2(1, "/slow").await;
    client.send_http2(3, "/").await;
    assert_eq!(client.answer_http2(3).await, "ok");
    assert_eq!(client.answer_http2(1).await, "slow");
    client.send_http2(5, "/slow").await;
    sleep(Duration::from_millis(50)).await;
    let (took, answer) = tokio::join!(server.stop(), client.answer_http2(5));
    assert_eq!(answer, "slow");
    assert!(took >= SLOW - Duration::from_millis(100), "{took:?}");
}

/// (RFC 9113, 5.1.2: streams past that are refused.)
#[tokio::test]
async fn an_http_2_client_is_told_how_many_streams_it_may_open() {
    const SETTINGS: u8 = 4;
    let server = Started::new(settings()).await;
    let mut client = server.connect().await;
    client.start_http2(&[]).await;
    let (kind, _, _, settings) = client.frame().await.unwrap();
    assert_eq!(kind, SETTINGS, "they come first");
    assert!(settings.chunks(6).any(|one| one == [0, 3, 0, 0, 0, 200]), "{settings:?}");
}

/// (RFC 9113, 5.1.2 and 8.7.)
#[tokio::test]
async fn one_http_2_stream_too_many_is_refused() {
    const RESET: u8 = 3;
    const REFUSED: [u8; 4] = [0, 0, 0, 7];
    let server = Started::new(settings()).await;
    let mut client = server.connect().await;
    client.start_http2(&[]).await;
    for stream in 0..=200 {
        client.0.write_all(&never(stream)).await.unwrap();
    }
    let (of, why) = client.frame_of(|kind, _| kind == RESET).await;
    assert_eq!((of, why.as_slice()), (401_u16.to_be_bytes()[1], REFUSED.as_slice()));
    server.runs(200).await;
}

/// The request of a stream that is never answered; the odd numbers are the client's.
fn never(stream: u16) -> Vec<u8> {
    let headers = b"\x82\x86\x44\x06/never\x41\x09localhost".as_slice();
    let [high, low] = (2 * stream + 1).to_be_bytes();
    let head = [0, 0, u8::try_from(headers.len()).unwrap(), 1, 0x5, 0, 0, high, low];
    [head.as_slice(), headers].concat()
}

/// (CVE-2023-44487, "rapid reset".)
#[tokio::test]
async fn who_resets_http_2_streams_as_fast_as_they_are_opened_is_sent_away() {
    const GO_AWAY: u8 = 7;
    const CALM_DOWN: [u8; 4] = [0, 0, 0, 11];
    let server = Started::new(settings()).await;
    let mut client = server.connect().await;
    client.start_http2(&[]).await;
    for stream in 0..2000 {
        let [high, low] = (2 * stream + 1_u16).to_be_bytes();
        let cancel = [0, 0, 4, 3, 0, 0, 0, high, low, 0, 0, 0, 8];
        // The server closes while there is still more to come.
        let sent = client.0.write_all(&[never(stream).as_slice(), &cancel].concat()).await;
        if sent.is_err() {
            break;
        }
    }
    let (_, why) = client.frame_of(|kind, content| kind == GO_AWAY && content[4..8] != [0; 4]).await;
    assert_eq!(why[4..8], CALM_DOWN);
    server.runs(0).await;
}

#[tokio::test]
async fn an_idle_http_2_connection_is_told_before_it_is_closed() {
    const GO_AWAY: u8 = 7;
    let server = Started::new(settings().idle_time(LIMIT)).await;
    let mut client = server.connect().await;
    client.send_http2(1, "/").await;
    client.answer_http2(1).await;
    let started = Instant::now();
    assert!(client.frames_until_closed().await.contains(&GO_AWAY));
    assert!(is_in_time(started.elapsed()), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_slow_http_2_reader_gets_everything() {
    let server = Started::new(settings().idle_time(LIMIT)).await;
    let mut client = server.connect().await;
    client.send_http2(1, "/big").await;
    let (started, mut length) = (Instant::now(), 0);
    while length < BIG {
        let (kind, _, _, content) = client.frame().await.unwrap();
        if kind == 0 {
            client.widen(content.len()).await;
            length += content.len();
        }
        // About a second in all.
        if length % (BIG / 32) < 16_384 {
            sleep(Duration::from_millis(30)).await;
        }
    }
    assert!(started.elapsed() > LIMIT * 2);
    assert_eq!(length, BIG);
}

#[tokio::test]
async fn a_dead_http_2_client_does_not_hold_the_server_up() {
    let server = Started::new(settings()).await;
    let mut client = server.connect().await;
    client.send_http2(1, "/").await;
    client.answer_http2(1).await;
    let took = server.stop().await;
    assert!(took < Duration::from_millis(500), "{took:?}");
}

#[tokio::test]
async fn an_answer_that_an_http_2_client_does_not_take_is_dropped() {
    let server = Started::new(settings().write_gap(LIMIT).idle_time(LIMIT)).await;
    let mut client = server.connect().await;
    client.start_narrow(0).await;
    for stream in [1, 3] {
        client.ask_http2(stream, "/").await;
        let started = Instant::now();
        assert_eq!(client.frames_until_reset(stream).await, [1], "headers alone");
        assert!(is_in_time(started.elapsed()), "{:?}", started.elapsed());
    }
    client.frames_until_closed().await;
}

/// However little of it is taken: what is given away is no more than a frame.
#[tokio::test]
async fn an_answer_of_which_an_http_2_client_takes_one_byte_is_dropped() {
    let server = Started::new(settings().write_gap(LIMIT)).await;
    let mut client = server.connect().await;
    client.start_narrow(1).await;
    client.ask_http2(1, "/big").await;
    let started = Instant::now();
    assert_eq!(client.frames_until_reset(1).await, [1, 0], "headers and a byte");
    assert!(started.elapsed() < LIMIT * 20, "{:?}", started.elapsed());
}

#[tokio::test]
async fn one_http_2_stream_that_nobody_takes_does_not_end_the_others() {
    let server = Started::new(settings().write_gap(LIMIT)).await;
    let mut client = server.connect().await;
    client.start_narrow(2).await;
    client.ask_http2(1, "/slow").await;
    client.ask_http2(3, "/stream").await;
    assert!(client.frames_until_reset(3).await.starts_with(&[1, 0]), "it has begun");
    server.runs(0).await;
    client.ask_http2(5, "/").await;
    assert_eq!(client.answer_http2(5).await, "ok");
}

#[tokio::test]
async fn an_http_2_stream_whose_client_stops_taking_is_dropped() {
    let server = Started::new(settings().write_gap(LIMIT)).await;
    let mut client = server.connect().await;
    client.start_narrow(10).await;
    client.ask_http2(1, "/stream").await;
    let started = Instant::now();
    let kinds = client.frames_until_reset(1).await;
    assert!(kinds.starts_with(&[1, 0, 0, 0, 0]), "{kinds:?}");
    assert!(started.elapsed() > LIMIT + KEEP_ALIVE * 3, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_silent_http_2_stream_goes_on() {
    let server = Started::new(settings().write_gap(LIMIT).idle_time(LIMIT)).await;
    let mut client = server.connect().await;
    client.send_http2(1, "/stream").await;
    let (started, mut comments) = (Instant::now(), 0);
    while started.elapsed() < LIMIT * 4 {
        let (kind, _, stream, content) = client.frame().await.unwrap();
        if stream == 1 && kind == 0 {
            assert_eq!(content, b":\n\n");
            comments += 1;
        }
    }
    assert!(comments > 4, "{comments}");
}

#[tokio::test]
async fn an_http_2_call_that_has_nothing_to_send_goes_on() {
    let server = Started::new(settings().write_gap(LIMIT)).await;
    let mut client = server.connect().await;
    client.send_http2(1, "/slow").await;
    assert_eq!(client.answer_http2(1).await, "slow");
}
