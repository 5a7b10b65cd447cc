"""Training in several processes: who they are, how they share the work, who starts them.

Only the modules that a distributed run needs import `torch.distributed`.
"""
