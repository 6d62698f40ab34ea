//! A question, its answer and the end of the session, in every order.

use std::sync::Arc;

use super::Questions;
use crate::interleave::{every_order, point};
use crate::json::Json;
use crate::jsonrpc::RequestId;

#[test]
fn a_question_ends_with_its_answer_or_with_the_session() {
    let orders = every_order(|stage| {
        let questions = Arc::<Questions>::default();
        for (name, ends) in [("answers", false), ("hangs up", true)] {
            let questions = questions.clone();
            stage.thread(name, move || {
                point();
                match ends {
                    true => questions.end(),
                    false => {
                        let [id, answer] = ["0", "{}"].map(|json| Json::of(json).unwrap());
                        questions.answer(&RequestId::read(id).unwrap(), Ok(answer));
                    }
                }
            });
        }
        let asks = questions.clone();
        stage.task("asks", async move {
            let (_, answered) = asks.open();
            match answered.await {
                Ok(answer) => assert_eq!(answer.unwrap().get(), "{}"),
                Err(_) => assert!(asks.is_over.load(std::sync::atomic::Ordering::Relaxed), "nobody answers"),
            }
        });
        stage.finally(move || assert!(questions.open.lock().unwrap().is_empty(), "a question stays"));
    });
    assert!(orders > 20, "{orders}");
}
