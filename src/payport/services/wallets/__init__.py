"""What cardholders keep in the app: cards in their order, contacts, and requests for money."""
