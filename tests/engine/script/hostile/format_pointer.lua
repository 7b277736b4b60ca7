return { string.format('%p', {}) }  --! R053
