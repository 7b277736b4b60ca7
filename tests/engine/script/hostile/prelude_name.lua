return { state.budget }  --! R011
