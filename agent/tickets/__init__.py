"""Tickets: what IT is told, once and surely; an outbox in the store and a one-shot child that delivers."""
