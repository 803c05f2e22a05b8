"""Runs one candidate's host code where a device is, for what no launch plan can
hold (trust tier H).

One process for one candidate, in a sandbox, over memory that the judge lends.
From the candidate's import on nothing that this process says is believed: what
counts is what stands in the lent outputs, and the judge's own clock.
"""
