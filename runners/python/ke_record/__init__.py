"""Turns a Triton candidate into a launch plan where no device is.

A server imports torch and triton once; each candidate runs in a forked child
whose tensors are stand-ins and whose Triton driver writes down launches.
"""
