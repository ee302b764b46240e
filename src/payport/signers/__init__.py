"""Where the keys of nodes and institutions are kept, and how they sign: key files, and tokens behind PKCS#11."""
