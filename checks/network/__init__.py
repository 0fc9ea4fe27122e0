"""The network, hop by hop: link, gateway, name service, internet, and how stable it is."""
