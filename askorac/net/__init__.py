"""Outbound HTTP to addresses that strangers name: to public addresses only. No Django in it."""
