"""How an institution reaches its customers beside the app: phone and e-mail."""
