local s = 'a\
b' while true do end --? R040
