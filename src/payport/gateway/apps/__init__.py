"""Web apps that the port serves beside its routes."""
