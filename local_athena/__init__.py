"""A local Athena: real Trino, a real S3 server and the Athena, Glue and STS APIs, on this machine alone."""
