//! hyper on one thread. Every POST is a message, wherever it goes.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::answer::{Floor, Outcome};

pub fn serve(floor: Floor, port: u16) -> std::io::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(accept(Arc::new(floor), port))
}

async fn accept(floor: Arc<Floor>, port: u16) -> std::io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let floor = floor.clone();
        let service = service_fn(move |request| answer(request, floor.clone()));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
    }
}

async fn answer(request: Request<Incoming>, floor: Arc<Floor>) -> Result<Response<Full<Bytes>>, Infallible> {
    let Ok(body) = request.into_body().collect().await else { return Ok(status(StatusCode::BAD_REQUEST)) };
    let mut out = Vec::with_capacity(512);
    match floor.answer(&body.to_bytes(), &mut out) {
        Ok(Outcome::Now) => {}
        Ok(Outcome::After(delay)) => sleep(delay).await,
        Ok(Outcome::Never) => return Ok(status(StatusCode::ACCEPTED)),
        Err(_) => return Ok(status(StatusCode::BAD_REQUEST)),
    }
    let mut response = Response::new(Full::new(Bytes::from(out)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

fn status(code: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = code;
    response
}
