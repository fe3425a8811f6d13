"""Joins the rooms as plain functions, one file a verb."""
