//! What a client sends, to the letter, and what it makes of the answers.
