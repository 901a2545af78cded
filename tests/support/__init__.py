"""What tests share: pictures, fakes, servers and networks."""
