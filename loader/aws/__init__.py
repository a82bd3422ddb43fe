"""Calls to AWS: who we are there, clients, and what S3 has besides objects. boto3 is made ready here only.

May import no other package. Knows no lake.
"""
