"""The tasks and checks, one file a lesson; `lessons.checking` says how to add one."""
