"""One file per scheme: how it fills the account templates of an EMVCo payload."""
