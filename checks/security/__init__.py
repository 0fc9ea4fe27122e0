"""How this computer is protected: what is on, and how old it is. Never that there is no virus."""
