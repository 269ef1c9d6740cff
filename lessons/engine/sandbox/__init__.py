"""A learner's code is run and checked here, in a process of its own. In the order of a check:

- `reading`: the file, or the cells of a notebook, as text;
- `watching`: `run` starts the process and gives each outcome as it comes; one that hangs or dies
  costs one task;
- `confining`: where the process runs, for a class without a network and with a folder of its own;
- `process`: what runs there, and how it tells the outcomes;
- `guarding`: what the learner's code must not replace is put back;
- `loading`: the file is run section by section, and each task is checked.
"""
