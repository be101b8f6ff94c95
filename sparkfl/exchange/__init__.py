"""Federations of stores apart: releases as signed files, and who may make what of them."""

from __future__ import annotations
