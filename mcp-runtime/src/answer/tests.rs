use super::of_result;
use crate::schema::Problem;

/// Whoever reads the log looks for the result, not for arguments.
#[test]
fn the_whole_of_a_result_is_not_called_arguments() {
    let problem = |path: &str| Problem { path: path.into(), message: "must be an object, got 3".into() };
    let told = of_result(vec![problem(""), problem("a.b")]).to_string();
    assert_eq!(told, "- `structuredContent` must be an object, got 3\n- `a.b` must be an object, got 3");
}
