"""Sample feeds: seeded, of any size, with everything in them that banks do to their files."""
