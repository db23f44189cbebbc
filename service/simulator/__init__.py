"""A provider in memory that speaks the Admin API over real HTTP.

It ships with the product and shares no code with the rest of it: a mistake
shared by client and simulator would pass every test. `README.md` beside this
file says which behaviour is documented by the provider and which is inferred.

Start at `simulator.Simulator` (the provider), `server.SimulatorServer` (its
HTTP face) and `scenarios.build` (ready-made organizations).
"""
