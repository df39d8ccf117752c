"""Imported once by the process that others are forked off."""

import django

django.setup()
