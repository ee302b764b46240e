"""Codes a till or a phone may meet: EMVCo payloads, the templates of each scheme, images."""
