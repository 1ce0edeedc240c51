"""Faults: programs killed, connections cut, disks filled and files spoiled at random, and what is left afterwards."""
