"""The room: temperature, humidity and air at the desk, from a sensor on a serial line."""
